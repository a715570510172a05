"""Trouble ticket events: which changes are told to other systems, and as what (S3 "API Notification Management")."""
