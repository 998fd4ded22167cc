"""Sends each edition to each reader once: outbox, SMTP, short messages to chat channels.

What a message says is made in `reporting`; this room takes finished parts and gets them accepted.
Nothing here decides who should read what: the study's readers are handed over as values.
"""
