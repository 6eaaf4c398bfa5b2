"""HMAC-SHA256 in machine code that is made while the program runs.

``sha256`` and ``functions`` write the code as text for LLVM, with ``code`` as their pen; ``loading`` has it
compiled, and checks it against the standard library before it is trusted. That takes a tenth of a second, so
nothing compiled is ever kept on disk.
"""
