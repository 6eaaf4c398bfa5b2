"""``python -m tests.native.fuzz``: the fuzzer from the command line."""

import sys

from tests.native.fuzz.fuzzing import main

sys.exit(main())
