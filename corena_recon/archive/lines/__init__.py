"""Lines of one shape, read by templates that the exact reader has checked."""
