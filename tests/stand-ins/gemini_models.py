# SPDX-License-Identifier: Apache-2.0
"""The models that the stand-in serves, and what each of them refuses."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Model:
    name: str
    generation: float
    levels: tuple = ()  # of thinking; none before the third generation
    usual_level: str = "MEDIUM"
    budget: tuple = (0, 24_576)
    can_rest: bool = True  # a budget of 0 turns thinking off
    input_limit: int = 1_048_576
    output_limit: int = 65_536
    beta: bool = False  # served by v1beta alone
    alias_of: str = None

    @property
    def version(self):
        """What answers say of themselves."""
        return self.alias_of or self.name

    def described(self):
        """As ListModels shows it."""
        return {"name": f"models/{self.name}", "baseModelId": self.name, "version": "001",
                "displayName": self.name.replace("-", " ").title(), "description": "Served by a stand-in.",
                "inputTokenLimit": self.input_limit, "outputTokenLimit": self.output_limit,
                "supportedGenerationMethods": ["generateContent", "countTokens", "createCachedContent", "batchGenerateContent"],
                "temperature": 1, "topP": 0.95, "topK": 64, "maxTemperature": 2, "thinking": True}


ALL_LEVELS, NOT_MINIMAL = ("MINIMAL", "LOW", "MEDIUM", "HIGH"), ("LOW", "MEDIUM", "HIGH")
MODELS = {model.name: model for model in (
    Model("gemini-2.5-flash", 2.5),
    Model("gemini-2.5-flash-lite", 2.5, budget=(512, 24_576)),
    Model("gemini-2.5-pro", 2.5, budget=(128, 32_768), can_rest=False),
    Model("gemini-3.1-flash-lite", 3.1, ALL_LEVELS, "MINIMAL"),
    Model("gemini-3.1-pro-preview", 3.1, NOT_MINIMAL, "HIGH", (128, 32_768), False, beta=True),
    Model("gemini-3.5-flash", 3.5, ALL_LEVELS),
    Model("gemini-3.5-flash-lite", 3.5, ALL_LEVELS, "MINIMAL"),
    Model("gemini-3.6-flash", 3.6, ALL_LEVELS),
    Model("gemini-3.7-flash", 3.7, NOT_MINIMAL),
    Model("gemini-3.8-flash", 3.8, NOT_MINIMAL),
    Model("gemini-flash-latest", 3.8, NOT_MINIMAL, beta=True, alias_of="gemini-3.8-flash"),
    Model("gemini-4-argon", 4, NOT_MINIMAL, output_limit=32_768),
)}
