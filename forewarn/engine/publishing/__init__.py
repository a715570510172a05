"""Telling other systems over message buses: topics, which of them an event is for, and who posts it (S3 "API
Notification Management").
"""
