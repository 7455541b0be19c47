"""Vigía's services: ingest, detector, notifier and the command line that wires them."""
