"""The flows, messages, sinks and workbooks that come with Forewarn, registered like anyone's plugin."""
