"""PHP's way with forms, on bytes: what it reads from a body, and what it writes."""

from corena_recon.php.form import http_build_query, read_post

__all__ = ["http_build_query", "read_post"]
