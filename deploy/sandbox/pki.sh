# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154   # the paths are set in sandbox and build.sh
# Certificates and kubeconfigs of one sandbox, fresh at every `up`, so that nothing outlives it. Runs under umask 077.

# EC keys: a sandbox makes a dozen, and an RSA key takes longer than the API server's start.
ec_key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)

authority() {   # NAME
  openssl req -x509 "${ec_key[@]}" -keyout "$pki/$1.key" -out "$pki/$1.crt" -days 365 -subj "/CN=$1" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,digitalSignature 2> /dev/null
}

certificate() {   # NAME AUTHORITY SUBJECT USAGE [ALTERNATIVE-NAMES]
  openssl req -x509 "${ec_key[@]}" -keyout "$pki/$1.key" -out "$pki/$1.crt" -days 365 -subj "$3" \
    -CA "$pki/$2.crt" -CAkey "$pki/$2.key" -addext basicConstraints=critical,CA:FALSE \
    -addext keyUsage=critical,digitalSignature -addext "extendedKeyUsage=$4" ${5:+-addext "subjectAltName=$5"} 2> /dev/null
}

kubeconfig() {   # NAME: with the certificates inside, so that the file alone can be handed to a process
  cat > "$state/$1.kubeconfig" << END
apiVersion: v1
kind: Config
clusters:
- name: $name
  cluster:
    server: https://127.0.0.1:$(port apiserver)
    certificate-authority-data: $(base64 -w0 "$pki/ca.crt")
users:
- name: $1
  user:
    client-certificate-data: $(base64 -w0 "$pki/$1.crt")
    client-key-data: $(base64 -w0 "$pki/$1.key")
contexts:
- name: $name
  context: {cluster: $name, user: $1}
current-context: $name
END
}

user() {   # NAME SUBJECT
  certificate "$1" ca "$2" clientAuth
  kubeconfig "$1"
}

make_pki() {
  local loopback=IP:127.0.0.1,DNS:localhost
  authority ca
  authority etcd-ca
  certificate etcd etcd-ca /CN=etcd serverAuth,clientAuth "$loopback"
  certificate apiserver-etcd etcd-ca /CN=kube-apiserver clientAuth
  certificate apiserver ca /CN=kube-apiserver serverAuth \
    "$loopback,IP:10.96.0.1,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local"
  certificate apiserver-kubelet ca /CN=kube-apiserver-kubelet-client clientAuth
  certificate kubelet ca /O=system:nodes/CN=system:node serverAuth "$loopback"
  openssl genrsa -out "$pki/sa.key" 2048 2> /dev/null
  openssl rsa -in "$pki/sa.key" -pubout -out "$pki/sa.pub" 2> /dev/null
  user admin /O=system:masters/CN=admin
  user kcm /CN=system:kube-controller-manager
  user scheduler /CN=system:kube-scheduler
  if has_simulated_nodes; then user kubelets /CN=system:kubelets; fi
  if has_real_node; then
    user "$real_node" "/O=system:nodes/CN=system:node:$real_node"
    certificate "$real_node-server" ca "/O=system:nodes/CN=system:node:$real_node" serverAuth "IP:$bridge_address,DNS:$real_node"
  fi
  user observer /CN=aegiops-observer
  user actor /CN=aegiops-actor
}
