"""Training of the shipped static encoder: vocabulary, pairs, contrastive training, export.

Run ``python -m index.training --data ../shared/data --out index/model`` (needs the extra
``[models]``: torch and sentence-transformers).  Nothing here is imported when serving.
"""
