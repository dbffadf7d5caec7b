<<<<<<< HEAD
"""`python -m graphbuild`: the same as the command `graphbuild`."""

from graphbuild.cli.main import main

main()
=======
"""`python -m graphbuild`: the command line, also where its script is not on the path."""

from graphbuild.cli.main import main

if __name__ == "__main__":
    main()
>>>>>>> engine
