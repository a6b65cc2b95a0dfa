/* The desk: signing on the screen, previews of photos, pictures side by side in large. */

(() => {
    const pen = (canvas) => {
        const context = canvas.getContext("2d");
        context.lineWidth = 5;
        context.lineCap = context.lineJoin = "round";
        context.strokeStyle = context.fillStyle = "#000";
        return context;
    };

    const place = (canvas, event) => {
        const box = canvas.getBoundingClientRect();
        return [
            (event.clientX - box.left) * canvas.width / box.width,
            (event.clientY - box.top) * canvas.height / box.height,
        ];
    };

    const keep = (canvas, value) => {
        document.getElementById(canvas.dataset.pad).value = value;
    };

    const begin = (canvas) => {
        const context = pen(canvas);
        let drawing = false;
        canvas.addEventListener("pointerdown", (event) => {
            if (event.button) return;
            event.preventDefault();
            canvas.setPointerCapture(event.pointerId);
            drawing = true;
            const [x, y] = place(canvas, event);
            context.beginPath();
            context.arc(x, y, 2, 0, 7);
            context.fill();
            context.beginPath();
            context.moveTo(x, y);
        });
        canvas.addEventListener("pointermove", (event) => {
            if (!drawing) return;
            const moves = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
            for (const move of moves.length ? moves : [event]) context.lineTo(...place(canvas, move));
            context.stroke();
        });
        for (const end of ["pointerup", "pointercancel"]) {
            canvas.addEventListener(end, () => {
                if (!drawing) return;
                drawing = false;
                keep(canvas, canvas.toDataURL("image/png"));
            });
        }
    };

    const choose = (part) => {
        const way = part.querySelector("[name=signing]:checked")?.value;
        for (const field of part.querySelectorAll("[data-way]")) {
            field.hidden = !field.dataset.way.split(" ").includes(way);
        }
    };

    const preview = (input) => {
        const place = document.querySelector(`[data-previews="${input.id}"]`);
        if (!place) return;
        for (const shown of place.children) URL.revokeObjectURL(shown.src);
        place.replaceChildren(...[...input.files].map((file) => {
            const picture = document.createElement("img");
            picture.src = URL.createObjectURL(file);
            picture.alt = file.name;
            return picture;
        }));
    };

    const zoom = (link) => {
        const around = link.closest(".evidence-pair") || document;
        const dialog = document.createElement("dialog");
        dialog.className = "evidence-zoom";
        for (const side of around.querySelectorAll(".evidence-side")) {
            const links = [...side.querySelectorAll("a[data-zoom]")];
            if (!links.length) continue;
            const figure = document.createElement("figure");
            const picture = document.createElement("img");
            picture.src = (links.includes(link) ? link : links[0]).href;
            picture.alt = side.querySelector(".evidence-way").textContent;
            const words = document.createElement("figcaption");
            words.textContent = picture.alt;
            figure.append(words, picture);
            dialog.append(figure);
        }
        dialog.addEventListener("click", () => dialog.close());
        dialog.addEventListener("close", () => { dialog.remove(); link.focus(); });
        document.body.append(dialog);
        dialog.showModal();
    };

    document.addEventListener("change", (event) => {
        const part = event.target.closest("[data-signing]");
        if (part && event.target.name === "signing") choose(part);
        if (event.target.type === "file") preview(event.target);
    });

    document.addEventListener("click", (event) => {
        const clear = event.target.closest("[data-clear]");
        if (clear) {
            const canvas = clear.closest(".desk-pad").querySelector("canvas");
            canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
            keep(canvas, "");
        }
        const link = event.target.closest("a[data-zoom]");
        if (link && !event.ctrlKey && !event.metaKey) {
            event.preventDefault();
            zoom(link);
        }
    });

    document.addEventListener("DOMContentLoaded", () => {
        document.querySelectorAll("canvas[data-pad]").forEach(begin);
        document.querySelectorAll("[data-signing]").forEach(choose);
    });
})();
