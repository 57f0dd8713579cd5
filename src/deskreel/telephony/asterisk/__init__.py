"""Asterisk over AMI: bytes → messages (`protocol`) → the PBX's state (`switchboard`) → call events (`follow`).

`client` talks to one PBX, `resync` asks it where things stand, `source` keeps that going for ever.
"""
