"""Server capability webhooks: status events for other systems, as a feed and by signed POST."""
