"""The services around the studio: durable jobs, HTTP API, web page, Telegram bot."""
