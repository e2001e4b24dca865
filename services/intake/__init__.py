"""Discovery 发现 and acceptance 受理.

Intake takes reports of every channel, verifies and files them, and stores the reporters' identity.
"""
