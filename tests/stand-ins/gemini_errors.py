# SPDX-License-Identifier: Apache-2.0
"""What Gemini says when it refuses: google.rpc.Status in JSON, with the details that a client decides by."""
RPC = "type.googleapis.com/google.rpc."
API = "generativelanguage.googleapis.com"


class Refusal(Exception):
    """An answer that is an error; raised or returned."""

    def __init__(self, code, status, message, details=(), headers=None):
        super().__init__(message)
        self.code, self.status, self.message = code, status, message
        self.details, self.headers = list(details), dict(headers or {})

    def body(self):
        error = {"code": self.code, "message": self.message, "status": self.status}
        return {"error": error | ({"details": self.details} if self.details else {})}


def invalid(message, details=()):
    return Refusal(400, "INVALID_ARGUMENT", message, details)


def bad_request(violations):
    """(field, description) each; what concerns the whole message has no field."""
    return {"@type": RPC + "BadRequest", "fieldViolations": [({"field": field} if field else {}) | {"description": text}
                                                            for field, text in violations]}


def error_info(reason, **metadata):
    return {"@type": RPC + "ErrorInfo", "reason": reason, "domain": "googleapis.com", "metadata": {"service": API} | metadata}


def help_link(description, url):
    return {"@type": RPC + "Help", "links": [{"description": description, "url": url}]}


# --- Credentials --------------------------------------------------------------------------------------------------------------

def key_invalid():
    text = "API key not valid. Please pass a valid API key."
    return invalid(text, [error_info("API_KEY_INVALID"), {"@type": RPC + "LocalizedMessage", "locale": "en-US", "message": text}])


def key_missing():
    return Refusal(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers (callers without established identity). Please use "
                                             "API Key or other form of API consumer identity to call this API.")


def key_leaked():
    return Refusal(403, "PERMISSION_DENIED", "Your API key was reported as leaked. Please use another API key.")


def token_unsupported():
    return Refusal(401, "UNAUTHENTICATED", "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or "
                                           "other valid authentication credential. See "
                                           "https://developers.google.com/identity/sign-in/web/devconsole-project.",
                   [error_info("ACCESS_TOKEN_TYPE_UNSUPPORTED", method="google.ai.generativelanguage.v1beta.GenerativeService."
                                                                       "GenerateContent")])


def credentials_missing():
    return Refusal(401, "UNAUTHENTICATED", "Request is missing required authentication credential. Expected OAuth 2 access token, login "
                                           "cookie or other valid authentication credential.", [error_info("CREDENTIALS_MISSING")])


def credentials_twice():
    return invalid("Multiple authentication credentials received. Please pass only one.")


def service_disabled():
    url = "https://console.developers.google.com/apis/api/generativelanguage.googleapis.com/overview?project=100000000001"
    return Refusal(403, "PERMISSION_DENIED",
                   "Generative Language API has not been used in project 100000000001 before or it is disabled. Enable it by visiting "
                   f"{url} then retry.", [help_link("Google developers console API activation", url),
                                   error_info("SERVICE_DISABLED", consumer="projects/100000000001")])


def location_unsupported():
    return Refusal(400, "FAILED_PRECONDITION", "User location is not supported for the API use.")


# --- Quotas and load ----------------------------------------------------------------------------------------------------------

def quota(model, per, delay, value):
    """Out of quota: `per` is Minute or Day; the vendor names a short delay even when a whole day has been used up."""
    tier = "https://ai.google.dev/gemini-api/docs/rate-limits"
    metric = "generativelanguage.googleapis.com/generate_content_free_tier_requests"
    text = ("You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: "
            f"{tier}. \n* Quota exceeded for metric: {metric}, limit: {value}, model: {model}\nPlease retry in {delay}.")
    violation = {"quotaMetric": metric, "quotaId": f"GenerateRequestsPer{per}PerProjectPerModel-FreeTier",
                 "quotaDimensions": {"location": "global", "model": model}, "quotaValue": str(value)}
    return Refusal(429, "RESOURCE_EXHAUSTED", text, [
        {"@type": RPC + "QuotaFailure", "violations": [violation]}, help_link("Learn more about Gemini API quotas", tier),
        {"@type": RPC + "RetryInfo", "retryDelay": delay}])


def exhausted(headers=None):
    return Refusal(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).", headers=headers)


def internal():
    return Refusal(500, "INTERNAL", "An internal error has occurred. Please retry or report in "
                                    "https://developers.generativeai.google/guide/troubleshooting")


def high_demand():
    return Refusal(503, "UNAVAILABLE", "This model is currently experiencing high demand. Spikes in demand are usually temporary. Please "
                                       "try again later.")


def overloaded():
    return Refusal(503, "UNAVAILABLE", "The model is overloaded. Please try again later.")


def deadline():
    return Refusal(504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete.")


def model_missing(model, version):
    return Refusal(404, "NOT_FOUND", f"models/{model} is not found for API version {version}, or is not supported for generateContent. "
                                     "Call ListModels to see the list of available models and their supported methods.")
