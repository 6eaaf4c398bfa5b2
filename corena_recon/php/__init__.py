"""PHP's way with forms, on bytes: what it reads from a body, and what it writes."""

from corena_recon.php.dumps import Dump, find_dumps, may_hold_a_dump, may_list_arrays
from corena_recon.php.form import http_build_query, read_post

__all__ = ["Dump", "find_dumps", "http_build_query", "may_hold_a_dump", "may_list_arrays", "read_post"]
