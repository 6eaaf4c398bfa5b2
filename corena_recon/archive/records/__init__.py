"""What one record says: posted bodies, envelopes, exact JSON, moments."""
