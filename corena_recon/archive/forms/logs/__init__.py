"""Lines of logs and what stands in them: application logs, access logs, bodies, dumps of PHP."""
