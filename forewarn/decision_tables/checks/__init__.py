"""One check a file, named by its code: what is wrong, a bad example, a good one, and how it is mended.

A module's ``CHECK`` is the `Code` that findings are made with; its docstring is what ``forewarn checks FW203`` and
``docs/findings.md`` show, and its examples are workbooks that the tests build and read.
"""
