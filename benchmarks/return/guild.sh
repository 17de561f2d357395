#: install
guildai 'setuptools<81'

#: record
guild run train.py --yes

#: first
guild select

#: alone
guild run --proto $FIRST --yes

#: back
guild select --attr pip_freeze $FIRST | sed 's/^- //' | uv pip install -r -
guild run --proto $FIRST --yes

#: result
guild cat --path out.json

#: said
^(?!trained).+
