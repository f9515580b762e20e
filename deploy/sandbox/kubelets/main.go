// Command kubelets simulates the kubelets of all nodes that a label selector names. The engine is kwok's: it watches nodes and pods, keeps leases and plays
// stages. What a pod's next step is, though, is worked out by one jq program (rules/), which kwok's templates alone cannot ask:
// hence a main function of our own, which gives them the function `step`. The same rules answer for the containers' logs.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/record"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/utils/clock"
	"sigs.k8s.io/kwok/pkg/apis/internalversion"
	"sigs.k8s.io/kwok/pkg/config"
	"sigs.k8s.io/kwok/pkg/kwok/controllers"
	"sigs.k8s.io/kwok/pkg/log"
	"sigs.k8s.io/kwok/pkg/utils/gotpl"
)

var (
	kubeconfig = flag.String("kubeconfig", "", "how to reach the API server")
	nodes      = flag.String("nodes", "", "label selector of the nodes that are simulated")
	stagesFile = flag.String("stages", "", "kwok's stages")
	rulesDir   = flag.String("rules", "", "folder of the jq program")
	listen     = flag.String("listen", "", "host:port on which logs are served")
	tlsCert    = flag.String("tls-cert", "", "certificate of the log endpoint")
	tlsKey     = flag.String("tls-key", "", "its key")
	clientCA   = flag.String("client-ca", "", "authority of the API server's client certificate")
)

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	ctx = log.NewContext(ctx, log.NewLogger(os.Stderr, log.LevelWarn))
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "kubelets:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	rules, err := loadRules(*rulesDir)
	if err != nil {
		return err
	}
	stages, err := loadStages(ctx, *stagesFile, rules)
	if err != nil {
		return err
	}
	client, err := connect(*kubeconfig)
	if err != nil {
		return err
	}
	// One program stands in for all kubelets, so it renews all their leases in one name.
	controller, err := controllers.NewController(controllers.Config{
		Clock:                        clock.RealClock{},
		TypedClient:                  client,
		ManageNodesWithLabelSelector: *nodes,
		CIDR:                         "10.244.0.0/16",
		LocalStages:                  stages,
		PodPlayStageParallelism:      8,
		NodePlayStageParallelism:     4,
		NodeLeaseParallelism:         4,
		NodeLeaseDurationSeconds:     40,
		PodsOnNodeSyncParallelism:    1,
		ID:                           "kubelet",
		FuncMap:                      gotpl.FuncMap{"step": newStepper(ctx, rules, client).step, "KubeletPort": listenPort},
	})
	if err != nil {
		return err
	}
	if err := controller.Start(ctx); err != nil {
		return err
	}
	return serveLogs(ctx, client, rules)
}

func connect(kubeconfig string) (kubernetes.Interface, error) {
	conf, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	conf.UserAgent = "kubelet"
	// A thousand kubelets would not share one client's rate limit either.
	conf.RateLimiter = flowcontrol.NewFakeAlwaysRateLimiter()
	conf.Wrap(func(next http.RoundTripper) http.RoundTripper { return patient{next} })
	return kubernetes.NewForConfig(conf)
}

// A patient client waits for an API server that is not there or, by its refusals, not ready yet (tests restart it), and goes on
// the moment it is. kwok alone would give up, or come back to its work after pauses that double up to half an hour.
type patient struct{ next http.RoundTripper }

func (p patient) RoundTrip(request *http.Request) (*http.Response, error) {
	for {
		response, err := p.next.RoundTrip(request)
		switch {
		case errors.Is(err, syscall.ECONNREFUSED):
		case err == nil && response.StatusCode == http.StatusForbidden && !p.ready(request):
			response.Body.Close()
		default:
			return response, err
		}
		select {
		case <-request.Context().Done():
			return nil, request.Context().Err()
		case <-time.After(250 * time.Millisecond):
		}
		request = request.Clone(request.Context())
		if request.GetBody != nil {
			if request.Body, err = request.GetBody(); err != nil {
				return nil, err
			}
		}
	}
}

func (p patient) ready(request *http.Request) bool {
	url := *request.URL
	url.Path, url.RawQuery = "/readyz", ""
	probe, err := http.NewRequestWithContext(request.Context(), http.MethodGet, url.String(), nil)
	if err != nil {
		return false
	}
	response, err := p.next.RoundTrip(probe)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// loadStages reads kwok's stages. Their jq expressions may use every function of the rules.
func loadStages(ctx context.Context, path string, rules *rules) (map[internalversion.StageResourceRef][]*internalversion.Stage, error) {
	objects, err := config.Load(ctx, path)
	if err != nil {
		return nil, err
	}
	stages := map[internalversion.StageResourceRef][]*internalversion.Stage{}
	for _, stage := range config.FilterWithType[*internalversion.Stage](objects) {
		for _, match := range stage.Spec.Selector.MatchExpressions {
			match.JQ.Key = rules.source + match.JQ.Key
		}
		if delay := stage.Spec.Delay; delay != nil && delay.DurationFrom != nil {
			delay.DurationFrom.JQ.Expression = rules.source + delay.DurationFrom.JQ.Expression
		}
		stages[stage.Spec.ResourceRef] = append(stages[stage.Spec.ResourceRef], stage)
	}
	return stages, nil
}

// A stepper is the template function `step`: it works out a pod's next step, records the step's events as a kubelet does (with
// the kubelet's own library, which adds up repetitions) and returns the patch for kwok to write. Pods are named by their uid:
// kwok's queue may still hold a step of a pod whose name a new one has taken over.
type stepper struct {
	rules        *rules
	client       kubernetes.Interface
	broadcasters []record.EventBroadcaster // each sends one event after the other; those of a pod keep to one of them
	recorders    sync.Map                  // by node, as events name their host, and broadcaster
}

// So many kubelets would not wait for each other's events either.
const broadcasters = 16

func newStepper(ctx context.Context, rules *rules, client kubernetes.Interface) *stepper {
	s := &stepper{rules: rules, client: client}
	for range broadcasters {
		broadcaster := record.NewBroadcaster(record.WithContext(ctx))
		broadcaster.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: client.CoreV1().Events("")})
		s.broadcasters = append(s.broadcasters, broadcaster)
	}
	return s
}

func (s *stepper) step(object any, podIP, hostIP string) (string, error) {
	var pod corev1.Pod
	if err := convert(object, &pod); err != nil {
		return "", err
	}
	var next struct {
		Status json.RawMessage
		Gone   bool
		Events []struct{ Path, Type, Reason, Message string }
	}
	if err := s.rules.run(s.rules.step, object, &next, map[string]any{"pod": podIP, "host": hostIP}); err != nil {
		return "", err
	}
	for _, event := range next.Events {
		s.recorder(&pod).Event(&corev1.ObjectReference{
			APIVersion: "v1", Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID,
			ResourceVersion: pod.ResourceVersion, FieldPath: event.Path,
		}, event.Type, event.Reason, event.Message)
	}
	if next.Gone {
		return "{}", s.remove(&pod)
	}
	if next.Status == nil {
		return "{}", nil
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"uid": pod.UID}, "status": next.Status})
	return string(patch), err
}

func (s *stepper) remove(pod *corev1.Pod) error {
	err := s.client.CoreV1().Pods(pod.Namespace).Delete(context.Background(), pod.Name, metav1.DeleteOptions{
		GracePeriodSeconds: new(int64), Preconditions: metav1.NewUIDPreconditions(string(pod.UID))})
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return nil
	}
	return err
}

func (s *stepper) recorder(pod *corev1.Pod) record.EventRecorder {
	hash := fnv.New32a()
	hash.Write([]byte(pod.UID))
	key := struct {
		node        string
		broadcaster uint32
	}{pod.Spec.NodeName, hash.Sum32() % broadcasters}
	if recorder, ok := s.recorders.Load(key); ok {
		return recorder.(record.EventRecorder)
	}
	recorder, _ := s.recorders.LoadOrStore(key, s.broadcasters[key.broadcaster].NewRecorder(
		scheme.Scheme, corev1.EventSource{Component: "kubelet", Host: key.node}))
	return recorder.(record.EventRecorder)
}
