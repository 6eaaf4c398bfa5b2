"""Machine code made while the program runs: a pen for LLVM's language (``code``, ``flow``), and its compiler."""
