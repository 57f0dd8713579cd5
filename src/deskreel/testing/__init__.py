"""Shipped test doubles and measuring tools. Nothing in the product imports this package."""
