"""Server capability calls: telephony sources and the call events they send."""
