"""Reading untrusted workbook files in a bounded child process."""
