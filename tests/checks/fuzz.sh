#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The fuzz targets build, and find nothing in two seconds each. For longer: make fuzz T=600
exec tests/run.py fuzz 2
