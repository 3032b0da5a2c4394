"""Looking: functions that return querysets or plain data, and never write."""
