"""Adapters from what a telephony says to `core.events.CallEvent`: signed webhook, simulator."""
