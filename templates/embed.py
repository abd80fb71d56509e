#!/usr/bin/env python3
"""Writes the templates as C++: what src/cli/templates.h declares.

usage: embed.py OUTPUT FILE…        (each file is STORE/MONEY_PATH.gap)
"""

import pathlib
import re
import sys

DELIMITER = "gap"


def main(output, files):
    rows = []
    for file in map(pathlib.Path, files):
        text = file.read_text(encoding="utf-8")
        name, title = re.search(r'^scenario (\w+) "([^"]+)"$', text, re.MULTILINE).groups()
        if name != file.stem:
            sys.exit(f"{file}: the scenario is called {name}")
        if f'){DELIMITER}"' in text:
            sys.exit(f"{file}: cannot be written between R\"{DELIMITER}( and ){DELIMITER}\"")
        rows.append(f'    {{"{name}", "{file.parent.name}", R"{DELIMITER}({title}){DELIMITER}",\n'
                    f'     R"{DELIMITER}({text}){DELIMITER}"}},\n')
    pathlib.Path(output).write_text(
        "// Made by templates/embed.py.\n"
        '#include "cli/templates.h"\n\n'
        "namespace gapless::cli {\nnamespace {\n\n"
        "constexpr Template all[] = {\n" + "".join(rows) + "};\n\n"
        "}  // namespace\n\n"
        "std::span<const Template> templates() { return all; }\n\n"
        "}  // namespace gapless::cli\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
