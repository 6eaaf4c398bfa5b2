"""What this shop's handler must accept and refuse. Run it with pytest; `shop.py` beside it is yours to write.

`shop.new_shop(shop)` takes the secret and the one open order ({"secret", "identifier", "amount", "currency"}) and gives
a function from a posted body (bytes) and its content type to whether the order was taken for paid.
"""

import json
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from shop import new_shop  # noqa: E402

TOLD = json.loads((HERE / "notification_cases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", TOLD["cases"], ids=lambda case: case["name"])
def test_notification(case):
    accepts = new_shop(TOLD["shop"])
    if case["follows_the_genuine_one"]:
        genuine = TOLD["cases"][0]
        assert accepts(genuine["body"].encode(), genuine["content_type"])
    accepted = accepts(case["body"].encode(), case["content_type"])
    assert accepted == case["is_accepted"], f"{case['what']}: {case['otherwise']}"
