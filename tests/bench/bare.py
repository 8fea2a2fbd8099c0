"""The measure of a web answer: a bare Flask reply, under the same server with the same settings."""

from flask import Flask, Response, jsonify


def create_app() -> Flask:
    app = Flask(__name__)

    @app.route("/", methods=["GET", "POST"])
    def hello() -> Response:
        return jsonify(status="ok")

    return app
