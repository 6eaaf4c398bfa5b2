"""When compiled code is made."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from corena_recon.machine_code.on_demand import KernelOnDemand


class Maker:
    """Counts how often a kernel is made."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> int:
        self.made += 1
        return self.made


def test_a_kernel_is_made_once_enough_was_asked_for() -> None:
    make = Maker()
    on_demand = KernelOnDemand(make, pays_from=100)
    assert on_demand.kernel_for(60) is None
    assert on_demand.kernel_for(39) is None
    assert make.made == 0
    assert on_demand.kernel_for(1) == 1
    assert on_demand.kernel_for(1_000) == 1
    assert make.made == 1


def test_many_threads_make_one_kernel() -> None:
    make = Maker()
    on_demand = KernelOnDemand(make, pays_from=100)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(on_demand.kernel_for, [100] * 50)) == {1}
    assert make.made == 1
