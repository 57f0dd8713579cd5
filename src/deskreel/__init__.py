"""Deskreel: records a contact-centre agent's screen while a recorded call is up, and plays it back in step."""

__version__ = "0.1.0"
