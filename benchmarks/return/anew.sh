#: install
-e $CHECKOUT

#: record
anew run train.py

#: alone
anew reproduce 1

#: back
anew reproduce 1

#: result
digest=$(anew show 2 --json | grep -A2 '"path": "out.json"' | grep -o -P '(?<=blake3:)\w+'); cat .anew/objects/${digest:0:2}/${digest:2}

#: said
.*was made anew.*|error.*
