#: install
dvc

#: once
dvc init
git commit -m 'Initialize DVC'
dvc stage add --name train --deps train.py --deps helper.py --deps data.csv --deps requirements.txt --outs out.json python train.py

#: record
uv pip freeze > requirements.txt
dvc add data.csv
dvc exp run --name first

#: saved
dvc add data.csv
git add --all
git commit --quiet -m later

#: alone
dvc exp apply first
dvc repro --force

#: back
dvc exp apply first
uv pip install -r requirements.txt
dvc repro --force

#: result
cat out.json

#: said
.*lock file.*|Running stage.*|ERROR.*
