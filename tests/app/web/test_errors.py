"""A surprise on the way to an answer: shoppers see a problem in words, the log sees where it was, nobody's data."""

import json

from app.serving.shelves import Shelf


def test_what_an_unforeseen_error_says_stays_out_of_the_log(client, harbour, monkeypatch, caplog, capfd):
    def fail(*_given):
        raise RuntimeError("alice@example.com")

    monkeypatch.setattr(Shelf, "recommend", fail)
    told = []
    monkeypatch.setattr("app.web.errors.log.error", lambda event, **fields: told.append((event, fields)))

    answer = client.get("/v1/recommendations?shop=harbour-tea&placement=home&visitor=" + "ab" * 16)

    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    ((event, fields),) = told
    assert (event, fields["path"], fields["error"]) == ("request_failed", "/v1/recommendations", "RuntimeError")
    assert any("widget.py" in place for place in fields["where"])
    said = "".join([answer.text, json.dumps(fields), caplog.text, *capfd.readouterr()])
    assert "alice" not in said
    assert "abab" not in said
