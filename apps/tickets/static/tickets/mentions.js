// Offers names after an @: arrows choose, Enter or Tab takes, Escape leaves the text as it is.
document.addEventListener("DOMContentLoaded", () => {
    for (const field of document.querySelectorAll("textarea[data-mentions]")) {
        offerNames(field);
    }
});

function offerNames(field) {
    const list = document.createElement("ul");
    list.className = "ticket-names";
    list.id = `${field.id}-names`;
    list.setAttribute("role", "listbox");
    list.hidden = true;
    field.after(list);
    field.setAttribute("aria-controls", list.id);
    field.setAttribute("autocomplete", "off");
    let asked = 0;

    function begun() {
        return /(?:^|[^\w.@+-])@([^\n@]{0,60})$/.exec(field.value.slice(0, field.selectionStart));
    }

    function close() {
        asked += 1;
        list.hidden = true;
        list.replaceChildren();
    }

    function take(item) {
        const found = begun();
        if (found) {
            const start = field.selectionStart - found[1].length;
            field.setRangeText(`${item.dataset.name} `, start, field.selectionStart, "end");
        }
        close();
        field.focus();
    }

    function select(item) {
        for (const other of list.children) {
            other.setAttribute("aria-selected", String(other === item));
        }
    }

    function draw(people) {
        list.replaceChildren(...people.map((person) => {
            const item = document.createElement("li");
            const email = document.createElement("small");
            const isAlone = people.filter((other) => other.name === person.name).length === 1;
            item.dataset.name = isAlone ? person.name : person.email;
            item.setAttribute("role", "option");
            item.textContent = person.name;
            email.textContent = person.email;
            item.append(email);
            item.addEventListener("mousedown", (event) => {
                event.preventDefault();
                take(item);
            });
            return item;
        }));
        list.hidden = people.length === 0;
        select(list.firstElementChild);
    }

    field.addEventListener("input", async () => {
        const found = begun();
        if (!found) {
            close();
            return;
        }
        asked += 1;
        const question = asked;
        const visibility = field.form.elements.visibility?.value ?? "everybody";
        const address = `${field.dataset.mentions}?${new URLSearchParams({ term: found[1].trimStart(), visibility })}`;
        const answer = await fetch(address, { headers: { Accept: "application/json" } });
        if (answer.ok && question === asked) {
            draw((await answer.json()).people);
        }
    });

    field.addEventListener("keydown", (event) => {
        const chosen = list.querySelector("[aria-selected=true]");
        if (list.hidden || !chosen) {
            return;
        }
        const steps = { ArrowDown: chosen.nextElementSibling, ArrowUp: chosen.previousElementSibling };
        if (event.key in steps) {
            select(steps[event.key] ?? chosen);
        } else if (event.key === "Enter" || event.key === "Tab") {
            take(chosen);
        } else if (event.key === "Escape") {
            close();
        } else {
            return;
        }
        event.preventDefault();
    });

    field.addEventListener("blur", close);
}
