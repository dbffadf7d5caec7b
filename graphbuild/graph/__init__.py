"""Recipe -> Graph: a DAG of typed nodes, checked. The only user of networkx."""
