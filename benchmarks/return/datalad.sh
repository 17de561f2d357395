#: install
datalad git-annex

#: once
datalad create --force -c text2git

#: record
uv pip freeze > requirements.txt
datalad save -m 'as it is'
datalad run -m first --input data.csv --output out.json python train.py

#: saved
datalad save -m later

#: alone
datalad rerun --branch=again --onto= $FIRST

#: back
git show $FIRST:requirements.txt | uv pip install -r -
datalad rerun --branch=again --onto= $FIRST

#: result
cat out.json

#: said
^run\(.*
