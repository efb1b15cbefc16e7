"""What `notices search` prints for people: what was searched for, the hits, and with `--explain` why each was found."""

from __future__ import annotations

from typing import Any

from assistant.paint import paint
from index.quotes import quoted_spans

_PARTS = {
    "base": "起点 base",
    "lexical": "词 words",
    "dense": "向量 vectors",
    "late_interaction": "逐词向量 late interaction",
    "reranker": "重排模型 reranker",
}
_VIA = {"typed": "", "synonym": "同义 synonym of", "translation": "译自 translation of"}
_METHODS = {
    "lexical": "BM25",
    "dense": "余弦 cosine",
    "convex": "两路加权 convex fusion",
    "late interaction": "两路加权与逐词向量 convex fusion, late interaction",
    "ranker": "学习的排序 learned ranker",
    "reranker": "重排模型 cross-encoder",
}


def print_hits(result: dict[str, Any]) -> None:
    """The result of a search as :func:`assistant.as_json.hit_list` gives it."""
    if result["corrections"]:
        print_corrections(result["corrections"])
    for hit in result["hits"]:
        path = " > ".join(hit["section_path"])
        title = paint(f"《{hit['notice_title']}》", "title")
        score = paint(f"{hit['score']:.3f}", "faint")
        print(f"{score}  {hit['year'] or ''} {title} {path}\n       {hit['text']}")
        if "explain" in hit:
            for line in explanation(hit["explain"]):
                print(f"       │ {line}")
    if not result["hits"]:
        print("没有找到 nothing found")
        query = result["query"]
        if phrases := [query[start:end] for start, end in quoted_spans(query)]:
            print(
                f"引号内的文字须原样出现：{'、'.join(phrases)}；去掉引号可放宽 "
                "(words in quotation marks must stand as typed; leave the marks out to search more widely)"
            )


def print_corrections(corrections: list[dict[str, str]]) -> None:
    """What was searched for otherwise than typed."""
    for correction in corrections:
        typed, meant = correction["from"], correction["to"]
        print(f"已按“{meant}”检索（输入的是“{typed}”） · searched for “{meant}” (typed: “{typed}”)")


def explanation(value: dict[str, Any]) -> list[str]:
    """An explanation as the lines of a short table."""
    shares = "  ".join(f"{_PARTS[part]} {share:+.3f}" for part, share in value["contributions"].items())
    lines = [f"得分 score = {shares}    {_METHODS[value['method']]}"]
    lexical, dense, fusion = value["lexical"], value["dense"], value["fusion"]
    lines.append(
        f"词 words      BM25 {lexical['score']:.3f} / {lexical['bound']:.3f} = {lexical['share']:.3f}  {_rank(lexical)}"
    )
    for term in lexical["terms"]:
        via = f"（{_VIA[term['via']]} {term['typed']} × {term['weight']:g}）" if _VIA[term["via"]] else ""
        counted = f"{term['score']:.3f}" if term["score"] else "不另计 counted once"
        lines.append(f"    {term['term']} {counted} {via}".rstrip())
    if dense["cosine"] is not None:
        lines.append(f"向量 vectors   余弦 cosine {dense['cosine']:.3f}  {_rank(dense)}")
    if value["late_interaction"] is not None:
        lines.append(f"逐词向量 late interaction {value['late_interaction']:.3f}")
    if fusion["score"] is not None:
        weight = fusion["dense_weight"]
        lines.append(
            f"融合 fusion    {1 - weight:g} × 词 words + {weight:g} × 向量 vectors = {fusion['score']:.3f}  {_rank(fusion)}"
        )
    return lines


def _rank(leg: dict[str, Any]) -> str:
    return f"第{leg['rank']}名 rank {leg['rank']}" if leg["rank"] else "未入选 not among its candidates"
