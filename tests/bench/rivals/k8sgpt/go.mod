// Where the measurements' k8sgpt is pinned, with the replaces of its own go.mod, which count only there.
module aegiops.io/bench/k8sgpt

go 1.26.3

require github.com/k8sgpt-ai/k8sgpt v0.4.36

replace (
	dario.cat/mergo => github.com/imdario/mergo v1.0.1
	github.com/docker/docker => github.com/docker/docker v28.0.4+incompatible
)
