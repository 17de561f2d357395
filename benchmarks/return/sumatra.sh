#: install
sumatra gitpython

#: once
smt init --datapath=. --input=. --executable=python --main=train.py study
echo .smt >> .gitignore

#: record
uv pip freeze > requirements.txt
git add --all
git commit -m first
smt run --label=first --reason=first data.csv

#: saved
git commit --all -m later

#: alone
smt repeat first

#: back
git show $FIRST:requirements.txt | uv pip install -r -
smt repeat first

#: result
cat out.json

#: said
^The new record[^.]*|.*Error.*
