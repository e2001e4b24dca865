"""Discovery 发现 and acceptance 受理.

Intake takes reports from every channel, verifies and files them, and stores the reporters' identity.
"""
