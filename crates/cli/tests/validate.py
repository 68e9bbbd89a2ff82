"""Holds a document against its official schema: validate.py FOLDER sarif|junit|action|gitlab FILE.

FOLDER is target/provision/validators: `lib` has jsonschema, lxml and PyYAML, and the schemas lie beside it.
"""

import json
import pathlib
import sys

home, kind, file = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
sys.path.insert(0, str(home / "lib"))


def check_json(schema, document):
    import jsonschema

    schema = json.loads((home / schema).read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    errors = [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(document)]
    sys.exit("\n".join(errors[:20]) or 0)


if kind == "sarif":
    check_json("sarif-2.1.0.json", json.load(open(file, encoding="utf-8")))
elif kind == "junit":
    from lxml import etree

    schema = etree.XMLSchema(etree.parse(str(home / "junit-10.xsd")))
    sys.exit(0 if schema.validate(etree.parse(file)) else str(schema.error_log))
elif kind in ("action", "gitlab"):
    import yaml

    document = yaml.safe_load(open(file, encoding="utf-8"))
    # YAML 1.1 reads the key "on" as true; neither of these files has one.
    check_json({"action": "github-actions.json", "gitlab": "gitlab-ci.json"}[kind], document)
else:
    sys.exit(f"no schema for {kind}")
