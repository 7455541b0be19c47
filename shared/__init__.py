"""What Vigía's services share: domain, contract, event log, storage, wording and operations."""
