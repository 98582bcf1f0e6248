"""The web page: Create, Model and Data, in English and Russian.

    streamlit run src/znak/serve/page/app.py        the page alone; `znak serve` starts all services

`app` is what the server runs (uploads go to disk, fonts come from the package); `main` is the
script that Streamlit runs for every visit and click. Pages are functions: `create.show`,
`model.show`, `data.show`. What they compute lies beside them in modules that know nothing of
Streamlit: `understanding`, `runs`, `card`, `datasets`, `analysis`, `plots`. All words that a visitor
reads stand in `texts`, in both languages.
"""
