"""Discovery 发现 and acceptance 受理: every channel in, verify, file, duplicates; keeps the reporter's identity."""
