#: install
mlflow

#: once
cat > MLproject <<'END'
name: study
python_env: python_env.yaml
entry_points:
  main:
    command: python train.py && mlflow artifacts log-artifact --run-id $MLFLOW_RUN_ID --local-file out.json
END
cat > python_env.yaml <<'END'
python: "3.11"
dependencies:
  - humanize==4.15.0
  - mlflow
END

#: record
git add --all
git commit -m first
mlflow run . --env-manager=uv

#: saved
git commit --all -m later

#: alone
mlflow run file://$PWD --env-manager=uv --version $FIRST

#: back
mlflow run file://$PWD --env-manager=uv --version $FIRST

#: result
cat $(ls -t $(find . -path '*artifacts/out.json') | head -1)

#: said
=== Run.*|ERROR.*
