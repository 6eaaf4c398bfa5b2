"""A shop's own handler tried: which forgeries it accepts, why, and what to change."""

from corena_recon.probing.attacks import ATTACKS
from corena_recon.probing.ready import write_ready_tests
from corena_recon.probing.trying import Probe, amount_as_posted, probe

__all__ = ["ATTACKS", "Probe", "amount_as_posted", "probe", "write_ready_tests"]
